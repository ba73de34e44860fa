"""Sweeps over configurations, here and on Dask."""
import concurrent.futures
import gc
import json
import os

import distributed

import armature

PROGRAM = "no_increment_is_lost_between_cores"


def kernel_of(program):
    return os.path.join(os.environ["ARMATURE_BUILD"], "firmware", program + ".elf")


def fills(cpu, smp):
    m = armature.Machine(cpu, smp=smp, kernel=kernel_of(PROGRAM), memory="64M")
    events = m.record("tlb_fill")
    m.run(timeout=10)
    return {"fills": len(events), "cycles": m.cycle}


def fails_for_two(n):
    if n == 2:
        raise ValueError("two is no good")
    return n * n


GRID = {"cpu": ["cortex-a53", "cortex-a72"], "smp": [1, 2]}


def test_processes_give_a_row_for_each_configuration():
    frame = armature.sweep(fills, GRID)
    assert frame.index.names == ["cpu", "smp"]
    assert list(frame.index) == [(cpu, smp) for cpu in GRID["cpu"] for smp in GRID["smp"]]
    assert frame.loc[("cortex-a72", 2), "fills"] == fills("cortex-a72", 2)["fills"]


def test_any_executor_gives_the_same():
    with concurrent.futures.ThreadPoolExecutor(2) as executor:
        threads = armature.sweep(fills, GRID, executor)
    assert threads.equals(armature.sweep(fills, GRID))


def test_a_machine_may_be_collected_while_another_one_runs():
    def cycle():
        m = armature.Machine("cortex-a53", kernel=kernel_of(PROGRAM), memory="64M")
        m.run(until=armature.until.cycles(10_000))
        m.itself = m  # only the collector of cycles ends it, on whatever thread
    alone = fills("cortex-a72", 2)
    with concurrent.futures.ThreadPoolExecutor(2) as executor:
        running = [executor.submit(fills, "cortex-a72", 2) for _ in range(4)]
        for _ in range(20):
            cycle()
            gc.collect()
        assert [r.result() for r in running] == [alone] * 4


def test_failures_are_reported_beside_the_results():
    frame = armature.sweep(fails_for_two, {"n": [1, 2, 3]})
    assert frame.loc[3, "result"] == 9
    assert frame.loc[2, "error"] == "ValueError: two is no good"
    assert "fails_for_two" in frame.loc[2, "traceback"]


def test_a_sweep_goes_on_where_it_was_interrupted(tmp_path):
    file = tmp_path / "sweep.jsonl"
    armature.sweep(fails_for_two, {"n": [1, 2]}, file=file)
    with file.open("a") as cut:
        cut.write('{"key": "cut o')  # by whatever ended it
    lines = file.read_text().splitlines()
    assert len(lines) == 3
    called = []

    def remember(n):
        called.append(n)
        return n * n
    with concurrent.futures.ThreadPoolExecutor(1) as executor:
        frame = armature.sweep(remember, {"n": [1, 2, 3]}, executor, file=file)
    assert sorted(called) == [2, 3]  # the failed one and the new one
    assert list(frame["result"]) == [1, 4, 9]
    with concurrent.futures.ThreadPoolExecutor(1) as executor:
        armature.sweep(remember, {"n": [1, 2, 3]}, executor, file=file)
    assert sorted(called) == [2, 3]
    keys = [json.loads(line)["key"] for line in file.read_text().splitlines()]
    assert sorted(keys) == ['{"n": 1}', '{"n": 2}', '{"n": 2}', '{"n": 3}']


def test_dask_workers_give_the_same():
    cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None)
    with cluster, distributed.Client(cluster) as client:
        frame = armature.sweep(fills, GRID, client.get_executor())
        assert len(client.scheduler_info()["workers"]) == 2
    assert frame.equals(armature.sweep(fills, GRID))
