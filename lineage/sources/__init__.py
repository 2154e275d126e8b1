"""Where facts come from: a workspace, or a recording of one. Each keeps the promise of `ports.Source`."""
