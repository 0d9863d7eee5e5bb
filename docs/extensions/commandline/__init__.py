"""
The files that are installed beside the programs: man pages, and completion for bash,
zsh and fish. They are made from the options, as C{--help} is.

    programs      the programs and their options
    manpage       a man page of a program
    completion    completion of a program: a parser of C{argparse}, for C{shtab}
    files         the files, and where they are installed
    stubs         imports the options without Twisted
    __main__      C{python -m commandline DIRECTORY} writes the files

C{setup.py} runs it for each wheel. A build environment has none of the libraries of the
programs, as their installation would double the time of C{pip install .}. So C{stubs}
stands in for them. A test compares the installed files with those that the real options
make.
"""
