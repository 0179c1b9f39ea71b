"""What an answer to the paid POST means: accepted, refused, not sent, or unknown."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hailuo_widgets.jobs.wavespeed.response import Dropped, Response
from hailuo_widgets.jobs.wavespeed.submit import Accepted, NotSent, Refused, Unknown, classify

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
REFUSALS = [400, 401, 402, 403, 404, 405, 413, 415, 422]


def accepted_body(prediction_id):
    return {"code": 200, "message": "success", "data": {"id": prediction_id}}


@given(status=st.integers(200, 599), code=st.integers())
def test_an_id_means_accepted_at_any_status_and_code(status, code):
    body = {"code": code, "data": {"id": "97684696e1f44e01b30e65702a17ff4f"}}
    assert classify(Response(status, body)) == Accepted("97684696e1f44e01b30e65702a17ff4f")


@pytest.mark.parametrize("status", REFUSALS)
@given(message=st.text(max_size=20))
def test_a_json_object_without_id_at_a_refusing_status_means_refused(status, message):
    outcome = classify(Response(status, {"code": status, "message": message}))
    assert isinstance(outcome, Refused)
    assert not outcome.by_rate


@pytest.mark.parametrize("body", [None, {"code": 429}, "slow down", []])
def test_429_with_any_body_is_a_refusal_by_rate(body):
    outcome = classify(Response(429, body, retry_after=12.0))
    assert outcome == Refused(429, "", 12.0)
    assert outcome.by_rate


@given(
    status=st.integers(200, 599).filter(lambda status: status not in {*REFUSALS, 429}),
    body=ANY_JSON,
)
def test_everything_else_is_unknown(status, body):
    assert isinstance(classify(Response(status, body)), Unknown)


@pytest.mark.parametrize("status", REFUSALS)
@pytest.mark.parametrize("body", [None, [], "no", 3])
def test_a_refusing_status_without_a_json_object_is_unknown(status, body):
    assert isinstance(classify(Response(status, body)), Unknown)


@pytest.mark.parametrize(
    "prediction_id", ["", None, True, 1.5, ".", "..", ["a"], {"a": 1}, "half \ud800", "x" * 4001]
)
def test_what_can_name_no_prediction_is_no_id(prediction_id):
    assert isinstance(classify(Response(200, accepted_body(prediction_id))), Unknown)


@pytest.mark.parametrize(
    "prediction_id",
    [
        *("pred_abc-1.2", "0" * 32, "A", "../balance", "a/b", "urn:x:1", "a?b#c", "a b", "~"),
        *("aGk+/w==", "é图", "x" * 700, "...", "-", "%2e%2e", " "),
    ],
)
def test_an_id_of_any_form_is_taken_as_it_came(prediction_id):
    assert classify(Response(200, accepted_body(prediction_id))) == Accepted(prediction_id)


@pytest.mark.parametrize("number", [0, 7, 2**63])
def test_a_whole_number_is_an_id_too(number):
    assert classify(Response(200, accepted_body(number))) == Accepted(str(number))


@pytest.mark.parametrize(
    ("body", "certain"),
    [
        ({"code": 429, "message": "slow"}, True),
        ({"code": 429, "data": None}, True),
        ({"code": 429, "data": {"error": "slow"}}, True),
        ({"message": "slow"}, False),
        (None, False),
        ("slow down", False),
        ([], False),
        ({"code": 500, "message": "?"}, False),
    ],
)
def test_only_the_services_own_plain_refusal_by_rate_may_be_tried_again(body, certain):
    outcome = classify(Response(429, body))
    assert isinstance(outcome, Refused)
    assert outcome.certain is certain


@pytest.mark.parametrize(
    "body",
    [
        {"code": 200, "message": "success", "data": None},
        {"code": 429, "data": {"status": "created", "urls": {}}},
        {"code": 429, "data": [{"id": "p1"}]},
        {"code": 200},
    ],
)
def test_a_429_that_tells_of_more_than_a_refusal_may_have_been_accepted(body):
    assert isinstance(classify(Response(429, body)), Unknown)


def test_a_429_with_an_id_is_accepted():
    assert classify(Response(429, accepted_body("p1"))) == Accepted("p1")


def test_a_connection_lost_before_the_first_byte_is_not_sent():
    assert classify(Dropped("ConnectError", sent=False)) == NotSent("ConnectError")


def test_a_connection_lost_after_the_first_byte_is_unknown():
    assert isinstance(classify(Dropped("ReadError", sent=True)), Unknown)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"code": 400, "message": "bad"}, "bad"),
        ({"code": 403, "message": "no", "error_code": "X"}, "no"),
        ({"code": 400, "message": "bad", "data": {"error": "image too small"}}, "image too small"),
        ({"code": 400, "message": None, "data": None}, ""),
    ],
)
def test_the_services_words_are_found_in_each_error_body(body, expected):
    outcome = classify(Response(400, json.loads(json.dumps(body))))
    assert outcome == Refused(400, expected)


@pytest.mark.parametrize("status", [200, 201, 302, 307, 408, 409, 500, 502, 503, 504])
def test_a_json_object_at_any_other_status_is_unknown_and_never_a_refusal(status):
    body = {"code": status, "message": "no"}
    assert isinstance(classify(Response(status, body)), Unknown)
