"""
C{--plot}: the round trips of a run as a picture.

    plot        the file, checked before the run and drawn after it
    timeline    the data of the plot, in bounded memory
    figure      the drawing. Only this module imports matplotlib, which is an extra.
"""
