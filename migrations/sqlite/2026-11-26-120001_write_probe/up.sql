-- Written to and emptied, to find out whether a disk that was full has room again.
CREATE TABLE write_probe (filler BLOB NOT NULL) STRICT;
