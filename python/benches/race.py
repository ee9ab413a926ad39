"""Contestants in turns, after their answers; knows nothing of what they do."""

import statistics
import time
from collections.abc import Callable

Contestants = dict[str, Callable[[], object]]


def race(title: str, contestants: Contestants, count: int, rounds: int, ratios: list[tuple[str, str, str]]) -> None:
    """Lets each run once in each round, and prints its best and median time for one value, and the ratios of the best: of the
    first to the second, with what is aimed at. Without rounds, nothing."""
    if not rounds:
        return
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, run in contestants.items():
            began = time.perf_counter()
            run()
            times[name].append((time.perf_counter() - began) / count * 1e9)
    print(f"\n{title}: ns for one of {count:,}, best and median of {rounds} rounds")
    for name, took in times.items():
        print(f"  {name:<44}{min(took):>10.1f}{statistics.median(took):>10.1f}")
    for one, other, aim in ratios:
        others = [name for name in times if name == other or (other.endswith("*") and name.startswith(other[:-1]))]
        best = min(others, key=lambda name: min(times[name]))
        print(f"  {one} / {best}: {min(times[one]) / min(times[best]):.2f}{f' (aim: {aim})' if aim else ''}")


def check(title: str, due: object, answers: dict[str, object]) -> None:
    """All must give what is due."""
    wrong = [name for name, answer in answers.items() if answer != due]
    if wrong:
        raise SystemExit(f"{title}: a wrong answer from {', '.join(wrong)}")
    print(f"{title}: {len(answers)} give the same answer")
