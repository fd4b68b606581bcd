"""Which roles of whom one sees."""

from xrm_core.plugins.testing import Installation


async def test_users_see_their_own_roles_and_not_those_of_others(xrm: Installation) -> None:
    await xrm.user("sales")
    await xrm.user("legal")

    data = await xrm.ask("{ me { roles } users { nodes { name roles } } }", role="sales")

    mine = [{"role": "sales", "unit": str(xrm.unit)}]
    assert data["me"]["roles"] == mine
    assert {user["name"]: user["roles"] for user in data["users"]["nodes"]} == {"Sales": mine, "Legal": []}


async def test_who_may_explain_access_sees_everybodys_roles(xrm: Installation) -> None:
    await xrm.user("sales")

    data = await xrm.ask("{ users { nodes { name roles } } }", role="admin")

    assert {"name": "Sales", "roles": [{"role": "sales", "unit": str(xrm.unit)}]} in data["users"]["nodes"]
