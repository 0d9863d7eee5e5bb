"""
Runs the commands and examples of the manual.

C{parser} reads a page into blocks and their commands. C{screen} compares the output of
a command with the output that the page shows. C{session} runs a page in a shell, with
ports and a directory of its own. C{elsewhere} lists the commands that other tests run.

The tests here run in memory, except for a few short shells.
C{tests.system.slow.manual} has a test for each page.
"""
