"""The running service: the commit loop, the instance cache, timers, job dispatch, and embedded PostgreSQL."""
