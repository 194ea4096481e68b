"""The pages' own tables: drafts and settings of people. They are small, and nothing of the engine refers to them."""

from __future__ import annotations

from sqlalchemy import ARRAY, BigInteger, Column, DateTime, ForeignKey, Index, Integer, LargeBinary, Table, Text

from engine.store.tables import metadata


def _time(name: str, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


# ---- The library of models -------------------------------------------------------------------------------------------

model = Table(
    "model",
    metadata,
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),  # bpmn, dmn, form, template
    Column("name", Text, nullable=False),
    Column("content", Text, nullable=False),  # the draft
    Column("revision", Integer, nullable=False),  # counts the changes of the draft
    Column("checksum", LargeBinary, nullable=False),  # of the draft, as deployments have it
    Column("resource_ids", ARRAY(Text), nullable=False),  # the processes, decisions or the form that it declares
    Column("owner", Text, nullable=False),
    _time("created_at"),
    Column("changed_by", Text, nullable=False),
    _time("changed_at"),
)

# A draft that somebody gave a name to keep it.
model_version = Table(
    "model_version",
    metadata,
    Column("model_key", BigInteger, ForeignKey("model.key", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    _time("created_at"),
)

# ---- The task list ---------------------------------------------------------------------------------------------------

# What somebody has typed into a task and not completed yet.
task_draft = Table(
    "task_draft",
    metadata,
    Column("user_task_key", BigInteger, primary_key=True, autoincrement=False),
    Column("username", Text, primary_key=True),
    Column("content", Text, nullable=False),  # JSON object
    _time("saved_at"),
    Index("task_draft_saved", "saved_at"),
)

task_comment = Table(
    "task_comment",
    metadata,
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("user_task_key", BigInteger, nullable=False),
    Column("author", Text, nullable=False),
    Column("text", Text, nullable=False),
    _time("created_at"),
    Index("task_comment_task", "user_task_key", "created_at", "key"),
)

task_attachment = Table(
    "task_attachment",
    metadata,
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("user_task_key", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("size", Integer, nullable=False),  # bytes
    Column("content", LargeBinary, nullable=False),
    Column("author", Text, nullable=False),
    _time("created_at"),
    Index("task_attachment_task", "user_task_key", "created_at", "key"),
)

# A filter of the task list that somebody gave a name: the query of its address.
task_filter = Table(
    "task_filter",
    metadata,
    Column("username", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("query", Text, nullable=False),
)

# Which process instances somebody started on the pages.
started_instance = Table(
    "started_instance",
    metadata,
    Column("process_instance_key", BigInteger, primary_key=True, autoincrement=False),
    Column("username", Text, nullable=False),
    _time("started_at"),
    Index("started_instance_user", "username", "started_at", "process_instance_key"),
)

# ---- Play ------------------------------------------------------------------------------------------------------------

# Drafts that somebody tries out: what runs, and the steps taken so far, of which the state is the replay.
play_sandbox = Table(
    "play_sandbox",
    metadata,
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("owner", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("process_id", Text, nullable=False),  # of the draft that it was made for
    Column("model_key", BigInteger),  # in the library; null: it was made of a file
    Column("sources", LargeBinary, nullable=False),  # the files, as msgpack
    Column("beginning", BigInteger, nullable=False),  # its clock, in milliseconds since 1970
    Column("steps", Text, nullable=False),  # JSON array
    Column("revision", Integer, nullable=False),  # counts the changes of the steps
    _time("used_at"),
    Index("play_sandbox_owner", "owner", "used_at"),
    Index("play_sandbox_used", "used_at"),
)

# Steps that were kept with what each led to, to be run again on a later draft of the process.
play_scenario = Table(
    "play_scenario",
    metadata,
    Column("process_id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("beginning", BigInteger, nullable=False),
    Column("taken", Text, nullable=False),  # JSON array
    Column("changed_by", Text, nullable=False),
    _time("changed_at"),
)
