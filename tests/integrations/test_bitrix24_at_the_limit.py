"""The portal's limits used to the full without a refusal, on real sockets in virtual time (the bench's measures)."""

import pytest

from bench import limits, talking, upserts
from bench.virtual import run


@pytest.mark.parametrize("batch_s", [0.03, 0.28])
def test_adds_go_as_fast_as_the_bucket_lets_them(batch_s):
    found = run(limits.add_all(5_000, batch_s))
    assert (found.done, found.refused) == (5_000, 0)
    assert found.share >= 0.93  # 10,000 of them: 0.95


def test_a_hidden_limit_of_method_time_is_found_and_used():
    found = run(limits.write_all(3_000, 0.005, limit_s=6.0, window_s=30.0))
    assert found.done == 3_000
    assert found.share >= 0.95
    assert found.commands_refused <= 90


def test_a_first_load_fills_its_requests():
    found = run(limits.import_all(8_000, bucket_capacity=10, bucket_leak_per_s=2.0))
    assert (found.done, found.refused) == (8_000, 0)
    assert found.calls <= 9


@pytest.mark.drill  # told by quicker tests, too
def test_replies_overtake_bulk_work_and_leave_it_something():
    waits, bulk_per_s, refused = run(talking.reply_all(20.0, seconds=30.0))
    assert sorted(waits)[int(len(waits) * 0.99)] <= 0.6
    assert bulk_per_s > 0
    assert refused == 0


def test_an_upsert_takes_the_least_possible_calls():
    writing, _calls, done = run(upserts.upsert_all(300, 100))
    assert (writing, done) == (8, 400)


@pytest.mark.parametrize("kind", upserts.FAULTS)
def test_faults_leave_neither_doubles_nor_gaps(kind):
    states, doubles, missing, _calls = run(upserts.fault_all(kind, 1_500))
    assert (dict(states), doubles, missing) == ({"done": 1_500}, 0, 0)
