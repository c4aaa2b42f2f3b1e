"""Decides Parquet files on a cluster of this machine, and kills a worker and a node of it midway.

    python ray_cluster.py FOLDER

The folder has `in/a.parquet` and others; it gets `out/`, and `dataset.json` with the decisions of a dataset. Prints what was killed. A process of its own:
the cluster and its warnings stay out of that of the tests.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import pyarrow.parquet as parquet
import ray
import ray.data
from ray.cluster_utils import Cluster

from legit.batch.job import BatchOptions
from legit.batch.ray import decide, run_on_cluster


def workers() -> list[int]:
    """The processes that decide."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            try:
                command = (process / "cmdline").read_bytes()
            except OSError:
                continue
            if command.startswith(b"ray::") and b"MapWorker" in command:
                found.append(int(process.name))
    return found


def main(folder: Path) -> None:
    """Run it."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    memory = {"object_store_memory": 80 << 20, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, **memory})
    doomed = cluster.add_node(num_cpus=1, **memory)
    cluster.add_node(num_cpus=1, **memory)
    cluster.wait_for_nodes()
    ray.init(address=cluster.address, log_to_driver=False)
    seen = 0

    def progress(done: int, total: int | None) -> None:
        nonlocal seen
        seen += 1
        assert total is not None
        assert done <= total
        if seen == 1:
            victim = workers()[0]
            os.kill(victim, signal.SIGKILL)
            print("killed a worker", flush=True)
        if seen == 3:
            cluster.remove_node(doomed, allow_graceful=False)
            print("killed a node", flush=True)

    options = BatchOptions(keep=("id",))
    summary = run_on_cluster(
        str(folder / "in"), str(folder / "out"), options, address=cluster.address, progress=progress
    )
    print(f"decided {summary.verdicts.total()} of {summary.rows}", flush=True)
    table = parquet.read_table(folder / "in" / "a.parquet").slice(0, 500)
    decided = decide(ray.data.from_arrow(table), actors=1).take_all()
    (folder / "dataset.json").write_text(json.dumps(decided), encoding="utf-8")
    ray.shutdown()
    cluster.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
