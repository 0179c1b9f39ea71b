"""Ids of any form (Q12): a service that names its predictions otherwise than ours does.

The emulator goes on with its own ids. On the way out they are replaced in every answer, on the way
in they are put back, so that one trial can have one form from end to end.
"""

import json
import re
from urllib.parse import quote, unquote

from hailuo_widgets import service as facts

FORMS = {
    "slash": "minimax/hailuo-02/{}",
    "dots": "../../balance/{}",
    "colon": "task:{}:1",
    "base64": "{}+/9==",
    "tilde": "~{}~",
    "space": "prediction {} of today",
    "unicode": "図 {} é 🎬",
    "query": "{}?page=1&size=2#end",
    "percent": "100%2F{}%",
    "quotes": "'{}<b>\"",
    "long": "{}" + "0123456789abcdef" * 41 + "the very end",
    "integer": "",
}
"""By name, with ``{}`` for the emulator's own id; an integer is made of it."""

_OURS = re.compile(rb'"([0-9a-f]{32})"')
_RESULT = re.compile(re.escape(facts.PREDICTIONS_PATH) + r"/([^/?]*)(/result)?(?=[? ])")


class Names:
    """How the service of one trial names its predictions.

    Parameters
    ----------
    form : str
        One of :data:`FORMS`.
    """

    def __init__(self, form):
        self.form = form
        self._ours = {}

    def shown(self, ours):
        """Return an id as people and ledgers have it: always a text."""
        name = str(self._value(ours))
        self._ours[name] = ours
        return name

    def answer(self, data):
        """Put this form's ids into an answer's body."""
        return _OURS.sub(lambda found: self._json(found[1].decode()), data)

    def path(self, line):
        """Put the emulator's id into a request line; a part that is no id of ours stays."""
        found = _RESULT.search(line)
        ours = found and self._ours.get(unquote(found[1]))
        if not ours:
            return line
        return line[: found.start(1)] + quote(ours, safe="") + line[found.end(1) :]

    def question(self, body):
        """Put the emulator's ids into a request's body."""
        try:
            return json.dumps(self._put_back(json.loads(body))).encode()
        except ValueError:
            return body

    def _value(self, ours):
        return int(ours[:13], 16) if self.form == "integer" else FORMS[self.form].format(ours)

    def _json(self, ours):
        self.shown(ours)
        return json.dumps(self._value(ours), ensure_ascii=False).encode()

    def _put_back(self, value):
        if isinstance(value, list):
            return [self._put_back(each) for each in value]
        if isinstance(value, dict):
            return {key: self._put_back(each) for key, each in value.items()}
        known = isinstance(value, str | int) and not isinstance(value, bool)
        return self._ours.get(str(value), value) if known else value
