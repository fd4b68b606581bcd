"""Work that takes longer than a request: started by a command, done beside the server, followed by whoever may."""
