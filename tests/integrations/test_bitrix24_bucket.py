"""The reckoned bucket against portals that count down at any moment of the second, over uneven ways."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.bitrix24.bucket import JITTER_S, SAMPLES_ENOUGH, Bucket, Way


class Clock:
    def __init__(self):
        self.at = 1000.0

    def now(self):
        return self.at


class Counter:
    """The portal's counter as documented, ticking at its own moment of the second."""

    def __init__(self, capacity, leak, phase):
        self.capacity, self.leak, self.tick = capacity, leak, 1000.0 - 1 + phase
        self.level = self.refused = 0

    def call(self, at):
        while self.tick <= at:
            self.level = max(0, self.level - self.leak)
            self.tick += 1
        if self.level + 1 > self.capacity:
            self.refused += 1
        else:
            self.level += 1


PORTALS = st.sampled_from([(50, 2), (250, 5), (50, 40), (10, 2), (30, 20)])


@settings(max_examples=60, deadline=None)
@given(
    portal=PORTALS,
    phase=st.floats(0.0, 0.999),
    seed=st.integers(0, 10_000),
    answers=st.sampled_from([0.0, 0.9, 1.0]),
)
def test_nothing_is_ever_refused_whatever_the_moment_of_the_tick_and_the_way(portal, phase, seed, answers):
    chance, clock = random.Random(seed), Clock()
    bucket = Bucket(*portal, clock.now)
    arrivals, flying = [], []
    for _ in range(400):
        if chance.random() < 0.02:
            clock.at += chance.uniform(0, 3)  # a pause
        call = bucket.take()
        if call is None:
            clock.at += max(bucket.delay(), 0.001)
            continue
        arrivals.append(clock.at + chance.uniform(0, JITTER_S - 0.06))  # a phase may lie between two reckoned
        flying.append((call, arrivals[-1]))
        if chance.random() < answers:
            bucket.answered(*flying.pop(chance.randrange(len(flying))))
    counter = Counter(*portal, phase)
    for at in sorted(arrivals):
        counter.call(at)
    assert counter.refused == 0


@pytest.mark.parametrize(("capacity", "leak", "calls"), [(50, 2, 200), (50, 40, 2000), (250, 5, 600)])
def test_the_bucket_is_used_fully(capacity, leak, calls):
    clock = Clock()
    bucket = Bucket(capacity, leak, clock.now)
    sent = 0
    while sent < calls:
        if bucket.take():
            sent += 1
        else:
            clock.at += max(bucket.delay(), 0.001)
    assert clock.at - 1000.0 <= (calls - capacity) / leak + 1 + JITTER_S + 0.1


def test_an_even_way_costs_less_than_an_uneven_one():
    even, uneven = Way(), Way()
    for number in range(SAMPLES_ENOUGH):
        even.note(5e8 + 0.031)
        uneven.note(5e8 + 0.031 + 0.5 * (number % 2))
    assert even.jitter_s < 0.06
    assert uneven.jitter_s == pytest.approx(0.58)
    assert uneven.late_s(5e8 + 0.031) < 0.06
    assert uneven.late_s(None) == uneven.jitter_s


def test_stamps_of_whole_seconds_tell_nothing():
    clock = Clock()
    bucket = Bucket(50, 2, clock.now)
    for number in range(SAMPLES_ENOUGH):
        bucket.answered(bucket.take(), 5e8 + number)
    assert bucket.way.jitter_s == JITTER_S


def test_one_that_shares_the_bucket_is_noticed_and_forgotten_when_it_leaves():
    clock = Clock()
    bucket = Bucket(50, 40, clock.now)
    for _ in range(3):
        bucket.refused()
        clock.at += 2
    assert bucket.capacity < 50
    assert bucket.leak_per_s < 40
    assert bucket.delay() <= 2.0
    for _ in range(60):
        clock.at += 15
        bucket.take()
    assert (bucket.capacity, bucket.leak_per_s) == (50, 40)
