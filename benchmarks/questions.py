"""The questions that are measured, as a client of the product asks them."""

_EDGES = "nodes { id stage validFrom type { code label } counterparty { id name } }"
_INTERACTIONS = "nodes { id channel direction subject occurredAt }"
_DEALINGS = "nodes { id kind occurredOn reference amount { amount currency } }"

PAGE = f"""
query Page($from: String!) {{
  parties(first: 50, where: {{name: {{gte: $from}}}}, orderBy: [{{name: ASC}}]) {{
    nodes {{
      id name kind country
      relationships(first: 5) {{ {_EDGES} }}
      interactions(first: 5, orderBy: [{{occurredAt: DESC}}]) {{ {_INTERACTIONS} }}
      dealings(first: 5, orderBy: [{{occurredOn: DESC}}]) {{ {_DEALINGS} }}
      tasks(first: 5, orderBy: [{{dueAt: ASC}}]) {{ nodes {{ id subject status priority dueAt }} }}
    }}
  }}
}}
"""
ONE = f"""
query One($id: ID!) {{
  party(id: $id) {{
    id name kind country createdAt
    relationships(first: 10) {{ {_EDGES} }}
    interactions(first: 10, orderBy: [{{occurredAt: DESC}}]) {{ {_INTERACTIONS} }}
    dealings(first: 10, orderBy: [{{occurredOn: DESC}}]) {{ {_DEALINGS} }}
  }}
}}
"""
FLAT = """
query Flat($from: String!) {
  parties(first: 50, where: {name: {gte: $from}}, orderBy: [{name: ASC}]) {
    nodes { id name kind country language source isStub createdAt }
  }
}
"""
# Twenty parties after a cursor, in the order of their names and in that of their recording.
BY_NAME = """
query Turned($after: String) {
  parties(first: 20, after: $after, orderBy: [{name: ASC}]) {
    nodes { id name kind country }
    pageInfo { hasNextPage endCursor }
  }
}
"""
BY_AGE = BY_NAME.replace("{name: ASC}", "{createdAt: DESC}")
TEXTS = {"L": PAGE, "D": ONE, "F": FLAT}
