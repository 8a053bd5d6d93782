"""Which rights the flow of opportunities needs in both systems, and what for."""

from __future__ import annotations

from shared.sync.names import PSA, ZOMENTUM
from shared.sync.rights import Right
from shared.systems.connectwise_psa import roles

RIGHTS = (
    Right(
        PSA, roles.OPPORTUNITIES, "inquire",
        "reads opportunities with forecast, notes and documents, to see what differs",
        reads="sales/opportunities",
    ),
    Right(PSA, roles.OPPORTUNITIES, "add", "creates opportunities, forecast lines and notes"),
    Right(PSA, roles.OPPORTUNITIES, "edit", "updates opportunities and forecast lines"),
    Right(
        PSA, roles.OPPORTUNITIES, "delete",
        "deletes forecast lines that a new revision of the won document no longer has",
        when="create_only is off", needed=lambda settings: not settings.create_only,
    ),
    Right(
        PSA, roles.ATTACHMENTS, "inquire",
        "sees which documents an opportunity has",
    ),
    Right(PSA, roles.ATTACHMENTS, "add", "attaches won documents"),
    Right(
        PSA, roles.MY_COMPANY, "inquire",
        "finds the location and the department of new opportunities",
        when="location or department is set", needed=lambda settings: bool(settings.location or settings.department),
        reads="system/locations",
    ),
    Right(
        PSA, roles.TABLES, "inquire",
        "reads stages, statuses and ratings of opportunities",
        reads="sales/stages",
    ),
    Right(
        PSA, roles.MEMBERS, "inquire",
        "finds the sales rep of new opportunities",
        reads="system/members",
    ),
    Right(
        PSA, roles.CATALOG, "inquire",
        "reads the class of each product that was sold",
        reads="procurement/catalog",
    ),
    Right(
        PSA, roles.PRODUCTS, "inquire",
        "reads bundles of an opportunity and their components",
        when="bundles is bundle", needed=lambda settings: settings.bundles == "bundle",
        reads="procurement/products",
    ),
    Right(
        PSA, roles.PRODUCTS, "add",
        "adds bundles to an opportunity, with their components",
        when="bundles is bundle", needed=lambda settings: settings.bundles == "bundle",
    ),
    Right(
        PSA, roles.PRODUCTS, "edit",
        "changes the quantity of a bundle",
        when="bundles is bundle", needed=lambda settings: settings.bundles == "bundle",
    ),
    Right(
        PSA, roles.PRODUCTS, "delete",
        "deletes bundles that a new revision of the won document no longer has",
        when="bundles is bundle", needed=lambda settings: settings.bundles == "bundle",
    ),
    Right(
        ZOMENTUM, "Opportunities", "inquire",
        "reads opportunities, to match ConnectWise's and to see what differs",
        reads="opportunities",
    ),
    Right(ZOMENTUM, "Opportunities", "add", "creates opportunities that are new in ConnectWise"),
    Right(
        ZOMENTUM, "Opportunities", "edit",
        "updates opportunities",
        when="create_only is off", needed=lambda settings: not settings.create_only,
    ),
    Right(ZOMENTUM, "Pipelines", "inquire", "reads pipelines with their stages", reads="pipelines"),
    Right(ZOMENTUM, "Documents", "inquire", "reads won documents and their lines", reads="documents"),
    Right(ZOMENTUM, "Custom fields", "inquire", "finds the fields that carry ConnectWise's id and status"),
)  # fmt: skip
