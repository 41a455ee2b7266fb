"""What a router takes by the vendor's models: forms of lines, values, and rules between lines.

It is data with its source, and is used three times: `check` refuses what no router takes, the
emulated router refuses as a router does, and a test holds each rendered configuration against it.
"""
