"""The lineage graph of an Azure Machine Learning estate.

`lineage.references` reads every spelling of a reference, `lineage.indexing`
publishes what a source says into an index, and the questions (`trace`,
`impact`, `explain`) are pure functions over one generation of that index.
"""

__version__ = "0.1.0"
