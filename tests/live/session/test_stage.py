"""What a session's process says of itself while nobody can ask it."""

import fcntl

from lockstep.live.session.stage import COMPILING, FILE, PROVING, Stage, forget, stage_of


def test_it_says_that_it_compiles_until_it_works_and_that_it_is_proven(tmp_path):
    stage = Stage(tmp_path)
    assert stage_of(tmp_path) == ""
    stage.works()
    stage.compiles()
    assert stage_of(tmp_path) == COMPILING
    stage.works()
    assert stage_of(tmp_path) == ""
    stage.proves()
    stage.compiles()  # a proof may be compiled too
    assert stage_of(tmp_path) == PROVING
    stage.works()
    assert list(tmp_path.iterdir()) == []


def test_what_a_dead_process_said_is_forgotten_and_what_is_no_word_says_nothing(tmp_path):
    forget(tmp_path)
    (tmp_path / FILE).write_text(COMPILING)  # of a process that was killed: nobody holds the file
    assert stage_of(tmp_path) == ""
    forget(tmp_path)
    stage = Stage(tmp_path)
    stage.compiles()
    (tmp_path / FILE).write_text("whatever")
    assert stage_of(tmp_path) == ""
    stage.works()


def test_a_folder_that_can_not_be_written_keeps_nobody_from_going_on(tmp_path):
    stage = Stage(tmp_path / "gone")
    stage.compiles()
    stage.works()


def test_somebody_who_looks_just_when_it_begins_to_say_something_hears_it_the_next_time(tmp_path):
    stage = Stage(tmp_path)
    (tmp_path / FILE).touch()
    with open(tmp_path / FILE) as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        stage.compiles()
    assert stage_of(tmp_path) == ""
    stage.compiles()
    assert stage_of(tmp_path) == COMPILING
    stage.works()
