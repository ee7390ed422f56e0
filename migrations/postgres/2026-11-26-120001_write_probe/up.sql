-- Written to, in a transaction that is rolled back, to find out whether a disk that was full has room
-- again. Not compressed, so that it takes as much as it holds.
CREATE TABLE write_probe (filler text NOT NULL);
ALTER TABLE write_probe ALTER COLUMN filler SET STORAGE EXTERNAL;
