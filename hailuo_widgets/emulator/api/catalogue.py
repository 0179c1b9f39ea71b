"""``GET /api/v3/models``: what the service can be asked for, as its own tools read it."""

from __future__ import annotations

from typing import Any, Final

from hailuo_widgets import service as facts
from hailuo_widgets.emulator.api.request_context import RequestContext
from hailuo_widgets.emulator.http.responses import Answer

TYPE: Final = "image-to-video"

_DESCRIPTION: Final = (
    "Turns a picture into a clip of five seconds at 1080p, with an optional last frame."
    " Here it is the local emulator: free drafts of the camera's move, light and transition."
)

_FIELDS: Final[dict[str, dict[str, Any]]] = {
    "image": {
        "type": "string",
        "format": "uri",
        "title": "Image",
        "description": "The first frame: a URL or a base64 data URI of a JPG or PNG up to 20 MB,"
        " between 2:5 and 5:2, its short side above 300 pixels.",
        "x-ui-component": "uploader",
    },
    "prompt": {
        "type": "string",
        "title": "Prompt",
        "description": "What happens in the shot.",
        "maxLength": facts.PROMPT_LIMIT,
    },
    "end_image": {
        "type": "string",
        "format": "uri",
        "title": "End image",
        "description": "The last frame, by the same rules as the first.",
        "x-ui-component": "uploader",
    },
    "enable_prompt_expansion": {
        "type": "boolean",
        "title": "Prompt expansion",
        "description": "Whether the prompt is rewritten before it is used.",
        "default": True,
    },
}


async def models(case: RequestContext) -> Answer:
    """List what is served: one model."""
    amount = float(case.settings.price)
    return Answer.of(
        [
            {
                "model_id": facts.MODEL,
                "name": facts.MODEL,
                "description": _DESCRIPTION,
                "type": TYPE,
                "base_price": amount,
                "formula": '{"total_price": base_price}',
                "sort_order": 1,
                "api_schema": {
                    "type": "model",
                    "api_schemas": [
                        {
                            "type": "model_run",
                            "method": "POST",
                            "server": case.base_url,
                            "api_path": f"{case.prefix}/{facts.MODEL}",
                            "request_schema": {
                                "type": "object",
                                "properties": _FIELDS,
                                "required": ["image"],
                                "additionalProperties": False,
                                "x-order-properties": list(_FIELDS),
                            },
                        }
                    ],
                },
            }
        ]
    )
