"""What all widgets share: questions and answers with the page, the static view, thumbnails, quotes."""
