"""Files are written whole or not at all, whatever happens; and one build at a time."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import importlib.util
import itertools
import os
import random
import resource
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.engine import files
from derive.engine.files import LOCK_FILE, lock, output_folder, sweep, write_if_changed
from derive.errors import OutputError

AS_ROOT = os.geteuid() == 0
NOBODY = 65534


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def child(function: Callable[[], object]) -> int:
    """Start a process that calls a function and ends, and return its number."""
    number = os.fork()
    if not number:
        code = 1
        try:
            function()
            code = 0
        finally:
            os._exit(code)
    return number


def said_in_child(function: Callable[[], object]) -> str:
    """Call a function in a process of its own, and return the report of its error, or ""."""
    reading, writing = os.pipe()

    def report() -> None:
        try:
            function()
        except OutputError as error:
            os.write(writing, error.report().encode())

    number = child(report)
    os.close(writing)
    with open(reading, "rb") as file:
        said = file.read().decode()
    assert os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]) == 0
    return said


def as_nobody(function: Callable[[], object]) -> Callable[[], object]:
    """Make a function that gives the rights of root away first: root may write everywhere."""

    def run() -> object:
        if AS_ROOT:
            os.setgroups([])
            os.setuid(NOBODY)
        return function()

    return run


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everyone may write to; what pytest makes is for its user alone."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    yield folder
    folder.chmod(0o700)
    shutil.rmtree(folder)


def windows(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module as Windows would have it, but for the system itself."""

    def locking(file: int, mode: int, count: int) -> None:
        assert (os.lseek(file, 0, os.SEEK_CUR), count) == (2**30, 1)
        fcntl.flock(file, mode)

    stand_in = SimpleNamespace(locking=locking, LK_LOCK=fcntl.LOCK_EX, LK_NBLCK=fcntl.LOCK_EX | fcntl.LOCK_NB)
    monkeypatch.setitem(sys.modules, "msvcrt", stand_in)
    spec = importlib.util.spec_from_file_location("files_on_windows", str(files.__file__))
    module = importlib.util.module_from_spec(spec)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "platform", "win32")
        spec.loader.exec_module(module)
    return module


@given(old=st.none() | st.binary(max_size=40), new=st.binary(max_size=40))
def test_a_file_holds_what_was_written_last_and_keeps_its_time_otherwise(old, new):
    with tempfile.TemporaryDirectory() as made:
        file = Path(made) / "a" / "b.md"
        if old is not None:
            assert write_if_changed(file, old)
            os.utime(file, ns=(1, 1))
        assert write_if_changed(file, new) == (old != new)
        assert file.read_bytes() == new
        assert (file.stat().st_mtime_ns == 1) == (old == new)
        assert names(file.parent) == ["b.md"]


@pytest.mark.parametrize("mask", [0o022, 0o027, 0o077, 0o002])
def test_the_mode_is_what_the_umask_leaves(mask, tmp_path):
    before = os.umask(mask)
    try:
        for data in (b"1", b"2"):
            write_if_changed(tmp_path / "a", data)
            assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o666 & ~mask
    finally:
        os.umask(before)


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o775, 0o200])
def test_what_somebody_wrote_keeps_its_mode(mode, tmp_path):
    file = tmp_path / "a"
    file.write_bytes(b"1")
    file.chmod(mode)
    assert write_if_changed(file, b"2", authored=True)
    assert stat.S_IMODE(file.stat().st_mode) == mode
    assert file.read_bytes() == b"2"


def test_what_somebody_wrote_is_left_alone_if_it_is_read_only(open_folder):
    file = open_folder / "a"
    file.write_bytes(b"1")
    file.chmod(0o444)
    with pytest.raises(OutputError, match="read-only"):
        write_if_changed(file, b"2", authored=True)
    file.chmod(0o644)  # of another user
    call = as_nobody(lambda: write_if_changed(file, b"2", authored=True))
    assert not AS_ROOT or "read-only" in said_in_child(call)
    assert not AS_ROOT or (file.read_bytes(), names(open_folder)) == (b"1", ["a"])


@pytest.mark.parametrize("content", [b"old", b"new"])
def test_a_link_is_replaced_and_its_target_left_alone(content, tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(content)
    link.symlink_to(target)
    assert write_if_changed(link, b"new")
    assert (link.is_symlink(), link.read_bytes(), target.read_bytes()) == (False, b"new", content)


def test_a_link_that_leads_nowhere_is_replaced(tmp_path):
    (tmp_path / "link").symlink_to("nowhere")
    assert write_if_changed(tmp_path / "link", b"new")
    assert names(tmp_path) == ["link"]


def test_another_name_of_the_same_file_keeps_the_old_content(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    os.link(tmp_path / "a", tmp_path / "b")
    write_if_changed(tmp_path / "a", b"new")
    assert (tmp_path / "b").read_bytes() == b"old"


def put_folder(path: Path) -> None:
    path.mkdir()


def put_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made, contextlib.chdir(path.parent):
        made.bind(path.name)


@pytest.mark.timeout(5)
@pytest.mark.parametrize(("put", "what"), [(put_folder, "folder"), (os.mkfifo, "pipe"), (put_socket, "device")])
def test_what_is_no_file_is_refused(put, what, tmp_path):
    place = tmp_path / "p1.md"
    put(place)
    with pytest.raises(OutputError, match=f"cannot write .*/p1.md: it is a.* {what}"):
        write_if_changed(place, b"new")
    assert names(tmp_path) == ["p1.md"]


def test_a_name_may_be_as_long_as_the_file_system_allows(tmp_path):
    assert write_if_changed(tmp_path / ("a" * 255), b"")
    with pytest.raises(OutputError, match="too long"):
        write_if_changed(tmp_path / ("a" * 256), b"")
    assert names(tmp_path) == ["a" * 255]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EACCES, errno.EROFS, errno.EMFILE])
@pytest.mark.parametrize("call", ["open", "fsync", "replace"])
def test_a_fault_names_the_file_and_changes_nothing(call, code, tmp_path, monkeypatch):
    def fails(*_: object, **__: object) -> NoReturn:
        raise OSError(code, os.strerror(code))

    file = tmp_path / "p1.md"
    file.write_bytes(b"old")
    with monkeypatch.context() as patch:
        patch.setattr(os, call, fails)
        with pytest.raises(OutputError, match=f"p1.md: {os.strerror(code)}") as raised:
            write_if_changed(file, b"newer")
    assert raised.value.code == "D602"
    assert raised.value.hint or code == errno.EIO
    assert (names(tmp_path), file.read_bytes()) == (["p1.md"], b"old")


def test_an_interruption_leaves_nothing_behind(tmp_path, monkeypatch):
    def interrupted(_: object) -> NoReturn:
        raise KeyboardInterrupt

    (tmp_path / "a").write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_if_changed(tmp_path / "a", b"new")
    assert (names(tmp_path), (tmp_path / "a").read_bytes()) == (["a"], b"old")


@pytest.mark.parametrize(
    ("limit", "value", "said"),
    [(resource.RLIMIT_FSIZE, 1024, "File too large"), (resource.RLIMIT_NOFILE, 3, "Too many open files")],
)
def test_a_limit_of_the_system_is_told(limit, value, said, tmp_path):
    def write() -> None:
        resource.setrlimit(limit, (value, value))
        write_if_changed(tmp_path / "a", b"n" * 5000)

    (tmp_path / "a").write_bytes(b"o" * 5000)
    report = said_in_child(write)
    assert f"error[D602]: cannot write {tmp_path}/a: {said}" in report
    assert "ulimit" in report
    assert (names(tmp_path), (tmp_path / "a").read_bytes()) == (["a"], b"o" * 5000)


def test_a_folder_without_permission_is_told(open_folder):
    (open_folder / "a").write_bytes(b"old")
    open_folder.chmod(0o555)
    said = said_in_child(as_nobody(lambda: write_if_changed(open_folder / "a", b"new")))
    assert said.startswith(f"error[D602]: cannot write {open_folder}/a: Permission denied\n  Choose a folder")
    assert (names(open_folder), (open_folder / "a").read_bytes()) == (["a"], b"old")


def test_a_file_that_cannot_be_read_is_replaced(open_folder):
    (open_folder / "a").write_bytes(b"old")
    (open_folder / "a").chmod(0)
    assert said_in_child(as_nobody(lambda: write_if_changed(open_folder / "a", b"new"))) == ""
    assert (open_folder / "a").read_bytes() == b"new"


@pytest.mark.skipif(not AS_ROOT, reason="only root can mount a small file system")
def test_a_full_disk_is_told_and_the_old_file_stays(tmp_path):
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this system lets nobody mount a file system")
    try:
        assert write_if_changed(tmp_path / "a", b"o" * 40_000)
        with pytest.raises(OutputError, match=f"cannot write {tmp_path}/a: No space left on device"):
            write_if_changed(tmp_path / "a", b"n" * 40_000)
        assert (names(tmp_path), (tmp_path / "a").read_bytes()) == (["a"], b"o" * 40_000)
        (tmp_path / "filler").write_bytes(b"f" * 20_000)
        with lock(tmp_path):  # a full disk takes no number of a process
            assert (tmp_path / "a").read_bytes() == b"o" * 40_000
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_threads_that_write_one_file_leave_one_of_their_contents(tmp_path):
    contents = [bytes([65 + k]) * (1000 + k) for k in range(8)]
    threads = [threading.Thread(target=write_if_changed, args=(tmp_path / "a", data)) for data in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() in contents


def test_a_killed_process_leaves_an_old_or_a_new_file_and_what_it_left_is_swept(tmp_path):
    contents = [bytes([65 + k]) * 3_000_000 for k in range(2)]
    write_if_changed(tmp_path / "a", contents[0])
    randomly, left = random.Random(5), 0

    def write() -> None:
        for data in itertools.cycle(contents):
            write_if_changed(tmp_path / "a", data)

    for _ in range(20):
        number = child(write)
        time.sleep(randomly.uniform(0.001, 0.03))
        os.kill(number, signal.SIGKILL)
        os.waitpid(number, 0)
        assert (tmp_path / "a").read_bytes() in contents
        left += len(names(tmp_path)) - 1
        sweep(tmp_path)
        assert names(tmp_path) == ["a"]
    assert left > 0  # some were killed in the middle


def test_the_sweep_leaves_what_a_living_process_writes(tmp_path, monkeypatch):
    at_work, swept = threading.Event(), threading.Event()

    def slow(_: object) -> None:
        at_work.set()
        assert swept.wait(20)

    monkeypatch.setattr(os, "fsync", slow)
    thread = threading.Thread(target=write_if_changed, args=(tmp_path / "a", b"new"))
    thread.start()
    assert at_work.wait(20)
    assert len(names(tmp_path)) == 1
    assert sweep(tmp_path) == 0
    swept.set()
    thread.join()
    assert names(tmp_path) == ["a"]


def test_the_sweep_leaves_all_that_is_no_temporary_file(tmp_path):
    (tmp_path / ".derive-1.tmp").mkdir()
    os.mkfifo(tmp_path / ".derive-2.tmp")
    (tmp_path / ".derive-3.tmp").symlink_to(tmp_path / "a.tmp")
    for other in ("a.tmp", ".derive-cache", ".derive-4", "b.md"):
        (tmp_path / other).touch()
    before = names(tmp_path)
    assert sweep(tmp_path) == 0
    assert sweep(tmp_path / "nothing") == 0
    assert names(tmp_path) == before


def test_a_file_left_under_our_own_number_is_in_nobodys_way(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_NUMBER", itertools.count())
    (tmp_path / f".derive-{os.getpid()}-0.tmp").write_bytes(b"left")
    assert write_if_changed(tmp_path / "a", b"new")
    assert sweep(tmp_path) == 1
    assert names(tmp_path) == ["a"]


def test_a_file_that_is_swept_before_it_is_locked_is_made_again(tmp_path, monkeypatch):
    swept = []

    def late(file: object, operation: int) -> None:
        if not swept:
            swept.extend(names(tmp_path))
            (tmp_path / swept[0]).unlink()

    monkeypatch.setattr(fcntl, "flock", late)
    assert write_if_changed(tmp_path / "a", b"new")
    assert swept
    assert (tmp_path / "a").read_bytes() == b"new"


def holder(folder: Path, seconds: float = 60.0, block: Callable[[], object] = lambda: None) -> int:
    """Start a process that has the lock of a folder when this returns."""

    def hold() -> None:
        with lock(folder):
            block()
            (folder / "held").touch()
            time.sleep(seconds)

    number = child(hold)
    while not (folder / "held").exists():
        time.sleep(0.005)
    (folder / "held").unlink()
    return number


def end(number: int) -> None:
    os.kill(number, signal.SIGKILL)
    os.waitpid(number, 0)


def test_a_second_build_is_told_who_is_building(tmp_path):
    number = holder(tmp_path)
    started = time.monotonic()
    with pytest.raises(OutputError, match=f"process {number} is building into {tmp_path}"), lock(tmp_path):
        pytest.fail("both have the lock")
    with pytest.raises(OutputError, match=f"process {number}"), lock(tmp_path, wait=0.3):
        pytest.fail("both have the lock")
    assert 0.3 <= time.monotonic() - started < 5
    end(number)
    with lock(tmp_path):  # that of a killed process is free
        assert (tmp_path / LOCK_FILE).read_text() == str(os.getpid())
    assert (names(tmp_path), (tmp_path / LOCK_FILE).read_text()) == ([LOCK_FILE], "")


def test_a_second_build_can_wait(tmp_path):
    number = holder(tmp_path, seconds=0.3)
    with lock(tmp_path, wait=30):
        assert os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]) == 0


def test_the_children_of_a_killed_build_do_not_keep_its_lock(tmp_path):
    sleeper = ["sh", "-c", f"echo $$ > {tmp_path}/sleeper; exec sleep 60"]
    number = holder(tmp_path, block=lambda: subprocess.Popen(sleeper))
    end(number)
    with lock(tmp_path):
        while not (text := (tmp_path / "sleeper").read_text()):
            time.sleep(0.005)
        os.kill(int(text), signal.SIGKILL)


def test_threads_exclude_each_other(tmp_path):
    mine = f"process {os.getpid()} is building"
    with lock(tmp_path), pytest.raises(OutputError, match=mine), lock(tmp_path):
        pytest.fail("both have the lock")


def test_an_error_frees_the_lock(tmp_path):
    with pytest.raises(ZeroDivisionError), lock(tmp_path):
        raise ZeroDivisionError
    with lock(tmp_path):
        pass


def test_one_build_at_a_time(tmp_path):
    """Each adds 1 to a number in a file, and takes its time; none is lost."""
    (tmp_path / "number").write_text("0")

    def build() -> None:
        for _ in range(5):
            with lock(tmp_path, wait=30):
                number = int((tmp_path / "number").read_text())
                time.sleep(0.002)
                write_if_changed(tmp_path / "number", str(number + 1).encode())

    builds = [child(build) for _ in range(4)]
    assert [os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]) for number in builds] == [0] * 4
    assert (tmp_path / "number").read_text() == "20"


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_can_be_written_to(code, tmp_path, monkeypatch):
    def unknown(*_: object) -> NoReturn:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", unknown)
    (tmp_path / ".derive-1-1.tmp").touch()
    with lock(tmp_path):
        assert write_if_changed(tmp_path / "a", b"new")
    assert sweep(tmp_path) == 0  # it may be in use


def test_other_faults_of_a_lock_are_told(tmp_path, monkeypatch):
    def fails(*_: object) -> NoReturn:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(fcntl, "flock", fails)
    with pytest.raises(OutputError, match=f"cannot lock {tmp_path}"), lock(tmp_path):
        pytest.fail("locked")


def test_the_lock_follows_no_link(tmp_path):
    (tmp_path / LOCK_FILE).symlink_to(tmp_path / "other")
    with pytest.raises(OutputError, match=f"cannot write {tmp_path}/{LOCK_FILE}"), lock(tmp_path):
        pytest.fail("locked")
    assert not (tmp_path / "other").exists()


def test_windows_has_the_same(tmp_path, monkeypatch):
    there = windows(monkeypatch)
    assert there.write_if_changed(tmp_path / "a", b"old")
    assert not there.write_if_changed(tmp_path / "a", b"old")
    assert there.write_if_changed(tmp_path / "a", b"new")
    (tmp_path / ".derive-1-1.tmp").touch()
    with there.lock(tmp_path):
        with pytest.raises(OutputError, match=f"process {os.getpid()} is building"), there.lock(tmp_path, wait=0.1):
            pytest.fail("both have the lock")
        assert there.sweep(tmp_path) == 1
    with there.lock(tmp_path):
        assert names(tmp_path) == [LOCK_FILE, "a"]
    assert (tmp_path / "a").read_bytes() == b"new"


def test_an_output_folder_is_made_with_its_parents(tmp_path):
    assert output_folder(tmp_path / "a" / "b" / "c") == tmp_path / "a" / "b" / "c"
    assert (tmp_path / "a" / "b" / "c").is_dir()


def test_a_link_to_a_folder_is_followed(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert output_folder(tmp_path / "link") == tmp_path / "real"
    write_if_changed(tmp_path / "link" / "a", b"new")
    assert ((tmp_path / "link").is_symlink(), names(tmp_path / "real")) == (True, ["a"])


@pytest.mark.parametrize("path", ["file", "file/below", "file/below/it"])
def test_a_file_in_the_place_of_a_folder_is_told(path, tmp_path):
    (tmp_path / "file").write_bytes(b"mine")
    for attempt in (output_folder, lambda folder: write_if_changed(folder / "p1.md", b"new")):
        with pytest.raises(OutputError, match=f"{tmp_path}/file is a file"):
            attempt(tmp_path / path)
    assert (tmp_path / "file").read_bytes() == b"mine"


@pytest.mark.parametrize("path", ["link", "link/below"])
def test_a_link_that_leads_to_no_folder_is_told(path, tmp_path):
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(OutputError, match=f"{tmp_path}/link is a link that leads to no folder"):
        output_folder(tmp_path / path)
    assert names(tmp_path) == ["link"]


def test_a_read_only_folder_is_told(open_folder):
    (open_folder / "out").mkdir()
    open_folder.chmod(0o555)
    (open_folder / "out").chmod(0o555)
    said = said_in_child(as_nobody(lambda: output_folder(open_folder / "out")))
    assert said.startswith(f"error[D602]: nothing can be written to {open_folder}/out\n  Choose a folder")
    said = said_in_child(as_nobody(lambda: output_folder(open_folder / "new")))
    assert said.startswith(
        f"error[D602]: cannot make the folder {open_folder}/new: Permission denied\n  Choose a folder"
    )
