"""What a person sends who asks for help: one archive, without keys, names or texts."""
