"""From an OpenAPI document to a typed client: `python -m tandem.codegen generate DOCUMENT OUTPUT`.

Needs the extra `codegen`. Nothing here runs in a client: the generated code imports `tandem` only.
"""
