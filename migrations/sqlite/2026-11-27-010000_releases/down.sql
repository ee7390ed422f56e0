DROP TABLE deploys;
DROP TABLE releases;
