import pathlib
import sys

release = pathlib.Path(__file__).resolve().parent.name
assert release in sys.prefix, sys.prefix
