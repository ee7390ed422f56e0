// Enhancement only: every page reads and every form posts without this file.
