"""One module per event definition: how it is read, what it waits for, what it throws.

A trigger knows nothing of the position of its event (engine/elements/events.py); `Trigger.positions` says where it
may stand. A module registers itself with `@trigger(tag)`. When a timer is due is computed in schedule.py and cron.py.
"""
