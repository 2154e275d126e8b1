"""Reports for people who get files, not logins.

A report asks the documented operations and turns the answers into files. It reads
nothing else: no clock, no disk, no network. So the same generation gives the same
bytes, and whoever has the answers can make the files again (`lineage verify`).

    parts(questions, report, parameters, progress)   the files, one after another
    Recorder, Replay                                 the answers kept, and asked again
    manifest                                         what a pack of files says of itself
"""
