DROP TABLE artifact_misses;
DROP TABLE release_commits;
DROP TABLE artifact_blobs;
DROP TABLE artifact_entries;
DROP TABLE artifact_files;
DROP TABLE artifact_places;
DROP TABLE artifacts;
DROP TABLE artifact_chunks;
