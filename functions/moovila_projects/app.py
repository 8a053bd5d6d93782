"""The handler of the project flow's queue."""

from functions.moovila_projects.flow import MoovilaProjects
from functions.wiring import worker

handler = worker(MoovilaProjects)
