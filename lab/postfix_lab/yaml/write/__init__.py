"""Write a scenario and its checks as YAML that means the same: `writer.to_yaml`."""
