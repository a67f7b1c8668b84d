"""Check which port a process gets."""

import socket
from pathlib import Path

from descrow.app.devstack.ports import LOOPBACK, Ports, is_free


def a_listener() -> socket.socket:
    return socket.create_server((LOOPBACK, 0))


def test_the_preferred_port_is_taken_when_it_is_free(tmp_path: Path) -> None:
    with a_listener() as listener:
        preferred: int = listener.getsockname()[1]

    assert Ports(tmp_path / "ports.json").choose("api", preferred) == preferred


def test_another_port_is_taken_when_the_preferred_one_is_busy_and_is_remembered(tmp_path: Path) -> None:
    with a_listener() as listener:
        busy: int = listener.getsockname()[1]
        chosen = Ports(tmp_path / "ports.json").choose("api", busy)
        assert chosen != busy

    assert is_free(busy)
    assert Ports(tmp_path / "ports.json").choose("api", busy) == chosen


def test_two_processes_never_get_the_same_port(tmp_path: Path) -> None:
    ports = Ports(tmp_path / "ports.json")
    with a_listener() as listener:
        preferred: int = listener.getsockname()[1]

    assert ports.choose("api", preferred) != ports.choose("worker", preferred)


def test_a_file_of_ports_that_cannot_be_read_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "ports.json").write_text("{")

    assert Ports(tmp_path / "ports.json").choose("api", 18080) > 0
