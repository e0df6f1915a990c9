"""Work on a cluster of dask.distributed that is there already. This module imports dask; few import this one."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from distributed import Client

from derive.errors import OutputError

_PATIENCE = 10
"""Seconds to wait for the scheduler to answer."""


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """Provide the executor of a cluster, whose workers have this package too.

    Args:
        address: Of the scheduler: `tcp://host:8786`.

    Raises:
        OutputError: No scheduler answers.
    """
    try:
        client = Client(address, timeout=_PATIENCE)
    except (OSError, ValueError) as fault:
        raise OutputError(f"no scheduler answers at {address}: {fault}", hint="start one: dask scheduler") from None
    with client, client.get_executor() as executor:
        yield executor
