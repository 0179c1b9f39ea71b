"""Keys that somebody typed into a notebook's code: found in every form that code has for a text."""

from __future__ import annotations

import ast
import itertools
import re
import warnings
from collections.abc import Iterator
from typing import Final

HIDDEN: Final = "•••"

_DEEPEST: Final = 200
_SHORTEST: Final = 8
"""Characters of what is looked for on the rest of the page; a shorter text is an ordinary word."""

_NAME: Final = r"[\w$:.-]*(?:api[_-]?key|apikey|secret|token(?![a-z])|passw(?:or)?d|credential)\w*"
_SECRET: Final = re.compile(_NAME, re.IGNORECASE)
_TAKES_KEYS: Final = re.compile(
    r"connect|client|log_?in|auth|setenv|putenv|set_password", re.IGNORECASE
)
_ASKS: Final = frozenset(
    {"get", "getenv", "getpass", "input", "raw_input", "get_password", "open", "Path", "pop"}
)
_WORDS: Final = frozenset({"wavespeed", "emulator", "password"})
_NO_KEY: Final = re.compile(
    r"wavespeed|emulator|.*[\s/\\].*|.*\.(?:jpe?g|png|mp4|csv|ipynb|py)", re.DOTALL
)
_VALUE: Final = r"""("[^"\n]*"|'[^'\n]*'|(?![$%({])[^\s"'&|;<>]+)"""
_QUOTED: Final = r"""([rbfuRBFU]{0,2}(?:"[^"\n]*"|'[^'\n]*'))"""
_IN_SHELL: Final = re.compile(
    rf"((?:(?<![\w-]){_NAME}[ \t]*[:=]|(?:%(?:set_)?env[ \t]+|\bsetx[ \t]+|--){_NAME}[ \t])[ \t]*){_VALUE}",
    re.IGNORECASE,
)
_IN_BROKEN_CODE: Final = re.compile(
    rf"({_NAME}[\"']?\]?[ \t]*(?:=|:|,)[ \t]*){_QUOTED}", re.IGNORECASE
)
_BEARER: Final = re.compile(r"(\bBearer\s+)([\w.~+/=-]{8,})", re.IGNORECASE)
_MAGIC: Final = re.compile(r"^[ \t]*(?:[%!?]|\w+[ \t]*=[ \t]*[%!])")
_SHELL_CELL: Final = re.compile(
    r"^\s*%%(?:bash|sh|script|cmd|powershell|!|system|sx|writefile|env|file)"
)
_OTHER_CELL: Final = re.compile(r"^\s*%%[^\n]*\n?")


def without_literals(sources: list[str]) -> tuple[list[str], set[str]]:
    """Return the cells' code with the keys in it hidden, and those keys.

    Parameters
    ----------
    sources : list of str
        The cells of one notebook in order: a name that one cell binds may be used in another.
    """
    found: set[str] = set()
    bound: dict[str, ast.expr] = {}
    sources = [source.replace("\r\n", "\n").replace("\r", "\n") for source in sources]
    trees = [_tree(source) for source in sources]
    bound.update(pair for tree in trees if tree for pair in _bindings(tree))
    wanted = _with_their_parts(
        {name for tree in trees if tree for name in _names_used(tree)}, bound
    )
    hidden = []
    for source, tree in zip(sources, trees, strict=True):
        nodes = []
        if tree is not None:
            nodes = [*_secrets(tree), *(v for name, v in _bindings(tree) if name in wanted)]
        for node in nodes:
            found |= _texts(node, bound)
        work = _of_text if tree is None else _of_magics
        hidden.append(work(_cut(source, nodes), found))
    return hidden, {text for text in found if _is_telling(text)}


def in_prose(text: str) -> tuple[str, set[str]]:
    """Return a text of a notebook that is no code with the keys in it hidden, and those keys."""
    found: set[str] = set()
    hidden = _of_text(text, found)
    return hidden, {text for text in found if _is_telling(text)}


def _is_telling(text: str) -> bool:
    """Return True if a text is looked for on the rest of the page: it is no word, and no variable's name."""
    plain = len(text) >= _SHORTEST and not any(map(str.isspace, text))
    return plain and text not in _WORDS and not (_SECRET.fullmatch(text) and text.isupper())


def _with_their_parts(names: set[str], bound: dict[str, ast.expr]) -> set[str]:
    """Add the names that a key is put together from."""
    found, waiting = set(names), list(names)
    while waiting:
        value = bound.get(waiting.pop())
        for part in ast.walk(value) if value is not None else ():
            if isinstance(part, ast.Name) and part.id not in found:
                found.add(part.id)
                waiting.append(part.id)
    return found


def _tree(source: str) -> ast.Module | None:
    """Read a cell as Python, lines of magics left out; None where it is none."""
    if _SHELL_CELL.match(source):
        return None
    first = _OTHER_CELL.match(source)
    if first:
        source = "\n" + source[first.end() :]
    lines = [
        re.sub(r"\S.*", "pass", line, count=1) if _MAGIC.match(line) else line
        for line in source.split("\n")
    ]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what the code's own author is warned of
            tree = ast.parse("\n".join(lines))
        _require_flat(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tree


def _require_flat(tree: ast.Module) -> None:
    """Raise RecursionError for code too deep to be walked through."""
    level: list[ast.AST] = [tree]
    for _ in range(_DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return
    raise RecursionError


def _bindings(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, node.value
        elif (
            isinstance(node, (ast.AnnAssign, ast.NamedExpr))
            and isinstance(node.target, ast.Name)
            and node.value is not None
        ):
            yield node.target.id, node.value


def _names_used(tree: ast.Module) -> Iterator[str]:
    """Name what stands where a key belongs: what it was bound to is the key."""
    for node in _secrets(tree):
        for part in ast.walk(node):
            if isinstance(part, ast.Name):
                yield part.id


def _secrets(tree: ast.Module) -> Iterator[ast.expr]:
    """Find the expressions that give a key."""
    for node in ast.walk(tree):
        yield from _assigned(node)
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            yield from (value for key, value in pairs if key is not None and _is_secret(key))
        elif isinstance(node, ast.keyword) and _SECRET.fullmatch(node.arg or ""):
            yield node.value
        elif isinstance(node, ast.arguments):
            yield from _defaults(node)
        elif isinstance(node, ast.Call):
            yield from _arguments(node)
        elif isinstance(node, (ast.Tuple, ast.List)):
            yield from _after_a_name(node.elts)


def _assigned(node: ast.AST) -> Iterator[ast.expr]:
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, (ast.AnnAssign, ast.AugAssign, ast.NamedExpr)):
        targets = [node.target]
    value = getattr(node, "value", None)
    if isinstance(value, ast.expr) and any(map(_is_secret, targets)):
        yield value


def _defaults(node: ast.arguments) -> Iterator[ast.expr]:
    given = [*node.posonlyargs, *node.args]
    for argument, value in zip(
        given[len(given) - len(node.defaults) :], node.defaults, strict=True
    ):
        if _SECRET.fullmatch(argument.arg):
            yield value
    for argument, default in zip(node.kwonlyargs, node.kw_defaults, strict=True):
        if default is not None and _SECRET.fullmatch(argument.arg):
            yield default


def _arguments(node: ast.Call) -> Iterator[ast.expr]:
    """Find keys among the arguments without names: after a variable's name, or of who takes them."""
    yield from _after_a_name(node.args)
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if _TAKES_KEYS.search(name):
        for argument in node.args:
            if isinstance(argument, ast.Constant) and _is_secret(argument):
                continue
            texts = _texts(argument, {})
            if any(len(text) >= _SHORTEST and not _NO_KEY.fullmatch(text) for text in texts) or (
                isinstance(argument, ast.Name) and _SECRET.fullmatch(argument.id)
            ):
                yield argument


def _after_a_name(given: list[ast.expr]) -> Iterator[ast.expr]:
    for before, value in itertools.pairwise(given):
        if isinstance(before, ast.Constant) and _is_secret(before):
            yield value


def _is_secret(target: ast.expr) -> bool:
    """Return True if a name, an attribute, a key or a subscript is called like a key."""
    if isinstance(target, ast.Subscript):
        return _is_secret(target.slice)
    name = (
        target.id
        if isinstance(target, ast.Name)
        else target.attr
        if isinstance(target, ast.Attribute)
        else target.value
        if isinstance(target, ast.Constant)
        else None
    )
    if isinstance(name, bytes):
        name = name.decode(errors="replace")
    return isinstance(name, str) and _SECRET.fullmatch(name) is not None


def _texts(node: ast.expr, bound: dict[str, ast.expr]) -> set[str]:
    """Return the texts that an expression may give: all of it where that is plain, and its parts."""
    whole = _value(node, bound, 8)
    parts = {_plain(part.value) for part in _parts(node) if isinstance(part, ast.Constant)}
    return {text for text in ({whole} | parts) if text}


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    """Walk through an expression, without what only says where its value comes from."""
    yield node
    if isinstance(node, ast.Subscript):
        yield from _parts(node.value)
        return
    name = (
        getattr(node.func, "attr", getattr(node.func, "id", ""))
        if isinstance(node, ast.Call)
        else ""
    )
    if name in _ASKS:
        return
    for child in ast.iter_child_nodes(node):
        yield from _parts(child)


def _value(node: ast.expr | None, bound: dict[str, ast.expr], deep: int) -> str | None:
    """Work out a text as far as that needs no running."""
    found = None
    if deep == 0 or node is None:
        return None
    if isinstance(node, ast.Constant):
        found = _plain(node.value)
    elif isinstance(node, ast.Name):
        found = _value(bound.get(node.id), bound, deep - 1)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        found = _joined([_value(each, bound, deep - 1) for each in (node.left, node.right)])
    elif isinstance(node, ast.JoinedStr):
        found = _joined([_value(each, bound, deep - 1) for each in node.values])
    elif isinstance(node, ast.FormattedValue):
        found = _value(node.value, bound, deep - 1)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        found = _of_method(node, node.func, bound, deep)
    return found


def _of_method(
    node: ast.Call, method: ast.Attribute, bound: dict[str, ast.expr], deep: int
) -> str | None:
    """Follow what is written to hide a text from searches: join, strip, decode."""
    if method.attr == "join" and node.args and isinstance(node.args[0], (ast.List, ast.Tuple)):
        between = _value(method.value, bound, deep - 1)
        parts = [_value(part, bound, deep - 1) for part in node.args[0].elts]
        return None if between is None or None in parts else between.join(map(str, parts))
    if method.attr in {"strip", "decode", "encode", "format", "lower", "upper"}:
        return _value(method.value, bound, deep - 1)
    return None


def _joined(parts: list[str | None]) -> str | None:
    return None if None in parts else "".join(map(str, parts))


def _plain(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="replace").strip()
    return value.strip() if isinstance(value, str) else ""


def _cut(source: str, nodes: list[ast.expr]) -> str:
    """Put dots in the places of the texts within these expressions."""
    lines = source.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line.encode("utf-8", "surrogatepass")) + 1)
    raw = source.encode("utf-8", "surrogatepass")
    places = set()
    for node in nodes:
        for part in _parts(node):
            if isinstance(part, ast.JoinedStr) or (
                isinstance(part, ast.Constant) and _plain(part.value)
            ):
                begin = starts[part.lineno - 1] + part.col_offset
                end = starts[(part.end_lineno or part.lineno) - 1] + (part.end_col_offset or 0)
                places.add((begin, end))
    done = len(raw) + 1
    for begin, end in sorted(places, key=lambda place: (-place[1], place[0])):
        if end <= done:  # within one that is cut already
            raw = raw[:begin] + f'"{HIDDEN}"'.encode() + raw[end:]
            done = begin
    return raw.decode("utf-8", "surrogatepass")


def _of_magics(source: str, found: set[str]) -> str:
    lines = [_of_text(line, found) if _MAGIC.match(line) else line for line in source.split("\n")]
    return _bearer("\n".join(lines), found)


def _of_text(text: str, found: set[str]) -> str:
    """Hide keys in what is no Python: shell, magics, code that does not parse, prose."""
    for pattern in (_IN_BROKEN_CODE, _IN_SHELL):
        text = pattern.sub(lambda said: _hide(said, found), text)
    return _bearer(text, found)


def _bearer(text: str, found: set[str]) -> str:
    return _BEARER.sub(lambda said: _hide(said, found), text)


def _hide(said: re.Match[str], found: set[str]) -> str:
    value = said[2].lstrip("rbfuRBFU") if said[2][-1:] in "\"'" else said[2]
    value = value.strip("\"'")
    if not value or value == HIDDEN:
        return said[0]
    found.add(value)
    return f'{said[1]}"{HIDDEN}"' if said[2][-1:] in "\"'" else f"{said[1]}{HIDDEN}"
