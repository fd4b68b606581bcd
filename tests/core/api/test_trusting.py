"""An operator registers documents by a command, and only valid ones."""

import json
from pathlib import Path

from tests.command_line import xrm_process
from xrm_core.api.trusted import by_name, hash_of, read_registered

ME = "query Me { me { name } }\n"


def test_documents_are_registered_under_their_hash_or_name(tmp_path: Path) -> None:
    file, manifest, into = tmp_path / "me.graphql", tmp_path / "manifest.json", tmp_path / "trusted.json"
    file.write_text(ME)
    manifest.write_text(json.dumps({"All/1": "query All { parties { totalCount } }"}))
    environment = {"XRM_DATA_DIR": str(tmp_path / "data"), "XRM_TRUSTED_DOCUMENTS": str(into)}

    done = xrm_process(
        "documents", "trust", str(file), str(manifest), folder=tmp_path, environment=environment
    )
    listed = xrm_process("documents", "list", folder=tmp_path, environment=environment)

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [hash_of(ME), "All/1"]
    assert listed.stdout.split() == sorted([hash_of(ME), "All/1"])
    assert by_name(read_registered(into))[hash_of(ME)] == ME


def test_what_is_not_valid_or_stands_for_another_is_refused(tmp_path: Path) -> None:
    wrong, other, into = tmp_path / "wrong.graphql", tmp_path / "other.json", tmp_path / "trusted.json"
    wrong.write_text("query { nothing }")
    other.write_text(json.dumps({"All/1": "query { me { id } }"}))
    into.write_text(json.dumps({"All/1": "query { me { name } }"}))
    environment = {"XRM_DATA_DIR": str(tmp_path / "data")}

    for arguments, said in (
        ((str(wrong), "--into", str(into)), "core.document_invalid"),
        ((str(other), "--into", str(into)), "registered for another"),
        ((str(wrong),), "XRM_TRUSTED_DOCUMENTS"),
        ((str(tmp_path / "none.graphql"), "--into", str(into)), "cannot be read"),
    ):
        done = xrm_process("documents", "trust", *arguments, folder=tmp_path, environment=environment)
        assert done.returncode == 1 and said in done.stderr, done
    assert json.loads(into.read_text()) == {"All/1": "query { me { name } }"}
