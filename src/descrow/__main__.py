from descrow.cli import main

main()
