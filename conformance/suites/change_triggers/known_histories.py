"""Histories in which systems are known to lose changes: they come before any that are made up."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.suites.change_triggers.history import History
    from conformance.suites.change_triggers.polls import Polls


def _around_a_poll(history: History) -> None:
    """A change in the same moment as the poll before it."""
    history.create(later=True)
    history.poll(change=None, again=False)
    history.create(later=False)


def _update_in_the_same_moment(history: History) -> None:
    """A second change of a record in the moment of the first one."""
    history.create(later=True)
    history.poll(change=None, again=False)
    history.update(later=False, which=0)


def _update_of_an_old_record(history: History) -> None:
    """A change of a record after a later record was served."""
    history.create(later=True)
    history.create(later=True)
    history.poll(change=None, again=False)
    history.update(later=True, which=0)


def _several_updates(history: History) -> None:
    """One record that changes again and again."""
    history.create(later=True)
    history.update(later=True, which=0)
    history.update(later=True, which=0)


def _deletion(history: History) -> None:
    """The end of a record."""
    history.create(later=True)
    history.poll(change=None, again=False)
    history.delete(later=True, which=0)


def _tie(history: History) -> None:
    """Many records of one moment, polled again and again."""
    history.create_at_once(later=True, count=6)
    for _ in range(2):
        history.poll(change=None, again=True)


def _tie_over_pages(history: History) -> None:
    """Many records of one moment, on several pages."""
    history.size = 2 if history.system.can_size else None
    history.create_at_once(later=True, count=6)
    history.poll(change=None, again=False)


def _change_between_pages(history: History) -> None:
    """Records that change while they are listed."""
    history.size = 1 if history.system.can_size else None
    for _ in range(3):
        history.create(later=True)
    history.poll(change=0, again=False)


def _tie_of_a_bulk_write(history: History) -> None:
    """Records of one write that fill pages of one: a tie of two is enough."""
    history.size = 1 if history.system.can_size else None
    history.create_in_bulk(later=True, count=3)
    history.poll(change=None, again=False)


def _deletion_between_pages(history: History) -> None:
    """A record that goes while others are listed."""
    history.size = 1 if history.system.can_size else None
    for _ in range(3):
        history.create(later=True)
    history.poll(change=0, again=False, how="delete")


def _changes_on_both_sides_of_a_page(history: History) -> None:
    """A record that was listed changes, and then one that is still to come: a later mark than the first change."""
    history.size = 1 if history.system.can_size else None
    for _ in range(3):
        history.create(later=True)
    history.poll(change=0, again=False, how="two updates")


def _insertion_between_pages(history: History) -> None:
    """A record that comes while others are listed."""
    history.size = 1 if history.system.can_size else None
    for _ in range(3):
        history.create(later=True)
    history.poll(change=0, again=False, how="create")


def _few_of_many(history: History) -> None:
    """More records than a poll takes: the rest is left for the next one."""
    for _ in range(3):
        history.create(later=True)
    history.poll(change=None, again=False, most=1)


def _undeletion(history: History) -> None:
    """A record that comes back after its end was served."""
    history.create(later=True)
    history.delete(later=True, which=0)
    history.create(later=True)
    history.poll(change=None, again=False)
    history.undelete(later=True, which=0)


def _late_commit(history: History) -> None:
    """A record that is committed after a later one was served."""
    history.create_in_a_transaction(later=True)
    history.create(later=True)
    history.poll(change=None, again=False)
    history.commit(later=True)


def known_histories(system: Polls) -> list[Callable[[History], None]]:
    """Histories in which systems are known to lose changes, as far as the target file says how to make them."""
    role = system.role
    offered = {
        _around_a_poll: True,
        _tie: True,
        _tie_over_pages: True,
        _update_in_the_same_moment: role.update is not None,
        _update_of_an_old_record: role.update is not None,
        _several_updates: role.update is not None,
        _change_between_pages: role.update is not None,
        _changes_on_both_sides_of_a_page: role.update is not None,
        _deletion: role.delete is not None,
        _tie_of_a_bulk_write: role.create_many is not None,
        _deletion_between_pages: role.delete is not None,
        _insertion_between_pages: True,
        _few_of_many: True,
        _undeletion: role.delete is not None and role.undelete is not None,
        _late_commit: role.transactions is not None,
    }
    return [history for history, possible in offered.items() if possible]
