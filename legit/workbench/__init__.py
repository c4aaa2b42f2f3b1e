"""The workbench: a knowledge base, its cases and its decision log in the browser, without a request elsewhere."""
