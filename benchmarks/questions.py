"""The two questions that are measured, as a client of the product asks them."""

PAGE = """
query Page($from: String!) {
  parties(first: 50, where: {name: {gte: $from}}, orderBy: [{name: ASC}]) {
    nodes {
      id name kind country
      relationships(first: 5) {
        nodes { id stage validFrom type { code label } counterparty { id name } }
      }
      interactions(first: 5, orderBy: [{occurredAt: DESC}]) {
        nodes { id channel direction subject occurredAt }
      }
      dealings(first: 5, orderBy: [{occurredOn: DESC}]) {
        nodes { id kind occurredOn reference amount { amount currency } }
      }
      tasks(first: 5, orderBy: [{dueAt: ASC}]) {
        nodes { id subject status priority dueAt }
      }
    }
  }
}
"""
ONE = """
query One($id: ID!) {
  party(id: $id) {
    id name kind country createdAt
    relationships(first: 10) {
      nodes { id stage validFrom type { code label } counterparty { id name } }
    }
    interactions(first: 10, orderBy: [{occurredAt: DESC}]) {
      nodes { id channel direction subject occurredAt }
    }
    dealings(first: 10, orderBy: [{occurredOn: DESC}]) {
      nodes { id kind occurredOn reference amount { amount currency } }
    }
  }
}
"""
