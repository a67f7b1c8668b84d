"""Count each code and each message by e-mail and SMS, for the limits of what they cost."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "message_charges",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "channel",
            sa.Enum("in_app", "email", "sms", "push", "webhook", name="channel", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("recipient", sa.LargeBinary(), nullable=False),
        sa.Column("network", sa.String(), nullable=True),
        sa.Column("charged_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_message_charges_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_charges")),
    )
    op.create_index("ix_message_charges_day", "message_charges", ["channel", "charged_at"], unique=False)


def downgrade() -> None:
    op.drop_table("message_charges")
