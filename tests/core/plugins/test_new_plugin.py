"""`xrm plugin new`: the first files of a plugin."""

import tomllib
from pathlib import Path

import pytest

from xrm_core.errors import Conflict
from xrm_core.plugins.new import BadPluginId, new_plugin


def test_a_new_plugin_is_a_distribution_whose_entry_point_names_its_manifest(tmp_path: Path) -> None:
    written = new_plugin("car_pool", tmp_path)

    declared = tomllib.loads((tmp_path / "xrm-car-pool/pyproject.toml").read_text(encoding="utf-8"))
    assert declared["project"]["entry-points"]["xrm.plugins"] == {"car_pool": "xrm_car_pool.plugin:plugin"}
    assert tmp_path / "xrm-car-pool/xrm_car_pool/plugin.py" in written
    assert all(path.is_file() for path in written)


def test_its_manifest_has_its_id_and_both_languages(tmp_path: Path) -> None:
    new_plugin("car_pool", tmp_path)

    names: dict[str, object] = {}
    exec((tmp_path / "xrm-car-pool/xrm_car_pool/plugin.py").read_text(encoding="utf-8"), names)

    plugin = names["plugin"]
    assert (plugin.id, plugin.package) == ("car_pool", "xrm_car_pool")  # type: ignore[attr-defined]
    assert plugin.title == {"en": "Car pool", "fr": "Car pool"}  # type: ignore[attr-defined]


def test_its_tests_inherit_the_rules_of_the_house(tmp_path: Path) -> None:
    new_plugin("car_pool", tmp_path)

    text = (tmp_path / "xrm-car-pool/tests/test_car_pool.py").read_text(encoding="utf-8")

    assert 'class TestCarPool(PluginConformance, plugin="car_pool"):' in text


@pytest.mark.parametrize(
    "wrong", ["", "core", "Fleet", "2fast", "car-pool", "car__pool", "_car", "a" * 31, "../x"]
)
def test_an_id_that_could_not_be_a_prefix_is_refused(wrong: str, tmp_path: Path) -> None:
    with pytest.raises(BadPluginId):
        new_plugin(wrong, tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    new_plugin("fleet", tmp_path)
    (tmp_path / "xrm-fleet/xrm_fleet/models.py").write_text("mine", encoding="utf-8")

    with pytest.raises(Conflict):
        new_plugin("fleet", tmp_path)

    assert (tmp_path / "xrm-fleet/xrm_fleet/models.py").read_text(encoding="utf-8") == "mine"
