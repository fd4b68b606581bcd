"""Who may see and do what: casbin's model, policies as filters, decisions that can be explained."""
