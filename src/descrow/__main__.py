from descrow.app.cli.main import main

main()
