"""What every warehouse can do, whatever its engine."""

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Result:
    """The rows of a query, and what their columns are called."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


class Session(Protocol):
    """An open connection that only reads. It speaks UTC."""

    database: str

    def query(self, sql: str) -> Result:
        """Run a query that both engines understand."""
        ...


class Warehouse(ABC):
    """A database to build in."""

    @property
    @abstractmethod
    def location(self) -> str:
        """Where it is, for people; without a password."""

    @property
    @abstractmethod
    def url(self) -> str:
        """Where it is, for SQLAlchemy."""

    @abstractmethod
    def refuse_if_unusable(self) -> None:
        """Say in a sentence why dbt could not build here, if that can be known beforehand."""

    @abstractmethod
    def read(self) -> AbstractContextManager[Session]:
        """Open it to look at what was built."""
