/** Path data on a 16 x 16 grid, drawn with a stroke. */

export const PLAY = "M5 3.2v9.6l7.6-4.8z";
export const PAUSE = "M5.5 3.5v9M10.5 3.5v9";
export const BACK = "M9.8 4 5.8 8l4 4M3.4 4v8";
export const FORWARD = "M6.2 4l4 4-4 4M12.6 4v8";
export const LOOP = "M3 8a5 5 0 0 1 8.7-3.4L13 6M13 2.8V6H9.8M13 8a5 5 0 0 1-8.7 3.4L3 10M3 13.2V10h3.2";
export const FULL = "M6 2.8H2.8V6M10 2.8h3.2V6M6 13.2H2.8V10M10 13.2h3.2V10";
export const PICTURE = "M2.5 3.5h11v9h-11zM2.5 10.5 6 7.4l2.6 2.4 1.7-1.5 3.2 2.6M10.6 6.2v.01";
export const DOWNLOAD = "M8 2.5v7.2M4.9 6.8 8 9.9l3.1-3.1M3 12.8h10";
export const NEXT = "M2.5 4h6v8h-6zM10.6 8h3.2M12.2 6.2 14 8l-1.8 1.8";
export const CLOSE = "M4 4l8 8M12 4l-8 8";
export const LINK = "M6.8 9.2a2.4 2.4 0 0 0 3.4 0l2.2-2.2A2.4 2.4 0 0 0 9 3.6l-.9.9M9.2 6.8a2.4 2.4 0 0 0-3.4 0L3.6 9A2.4 2.4 0 0 0 7 12.4l.9-.9";
export const LEFT = "M9.8 4 5.8 8l4 4";
export const RIGHT = "M6.2 4l4 4-4 4";
export const UP = "M4 9.8l4-4 4 4";
export const DOWN = "M4 6.2l4 4 4-4";
export const IN = "M8 4v8M4 8h8";
export const OUT = "M4 8h8";
export const STAR = "M8 2.3l1.75 3.6 3.95.55-2.87 2.76.7 3.94L8 11.27l-3.53 1.88.7-3.94L2.3 6.45l3.95-.55z";
export const NOTE = "M3 3h10v7.5L10.5 13H3zM13 10.5h-2.5V13M5.3 6h5.4M5.3 8.6h3";
export const SEARCH = "M7 2.8a4.2 4.2 0 1 0 0 8.4 4.2 4.2 0 0 0 0-8.4zM10.2 10.2l3 3";
export const BIN = "M3.2 4.5h9.6M6.2 4.5V3h3.6v1.5M4.4 4.5l.6 8.5h6l.6-8.5M6.9 7v3.6M9.1 7v3.6";
