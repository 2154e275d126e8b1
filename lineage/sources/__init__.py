"""Where facts come from: a workspace, a registry, an MLflow server, or a recording. Each keeps the promise of
`ports.Source`; `polite` is how they behave towards a service.
"""
