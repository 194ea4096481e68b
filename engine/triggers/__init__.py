"""One module per event definition: how it is read, what it waits for, what it throws.

A trigger knows nothing of the position of its event (engine/elements); `Trigger.positions` says where it may
stand. A module registers itself with `@trigger(tag)` and is named as its kind. What error and escalation do alike is in
coded.py; when a timer is due is computed in schedule.py and cron.py.
"""
