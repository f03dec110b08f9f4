"""A standing lab: it keeps running and serves every command until `down` ends it.

`standing_record.py` stores where it is, `requests.py` declares its verbs, `service.py` implements them,
`keeper.py` is the process that owns it, `keeper_protocol.py` and `keeper_server.py` are the two ends of its socket.
"""
