"""The chain and the contract on it; the reasons that the contract itself gives are in `contract`."""

from descrow.kernel.problems.texts.words import Text, Words

CHAIN = {
    "call_not_possible": Text(
        "The chain would not run this call: the balance is too short, say, or the account is not mapped yet. Nothing "
        "was sent and no money has moved.",
        "See that your wallet holds enough DOT for the amount and the fee, and that its account is mapped.",
        Words(
            "Blockchain imekataa",
            "Blockchain haiwezi kufanya ombi hili: huenda salio halitoshi, au akaunti bado haijaunganishwa (map). "
            "Hakuna kilichotumwa, na hakuna pesa iliyotoka.",
            "Hakikisha wallet yako ina DOT za kutosha kwa kiasi na ada, na kwamba akaunti imeunganishwa.",
        ),
    ),
    "chain_refused": Text(
        "The chain's node refuses to answer. Nothing was changed here, and no money has moved.",
        "Try again shortly.",
        Words(
            "Blockchain imekataa kujibu",
            "Mtambo wa blockchain umekataa kujibu. Hakuna kilichobadilishwa hapa, na hakuna pesa iliyotoka.",
            "Jaribu tena baada ya muda mfupi.",
        ),
    ),
    "chain_unreachable": Text(
        "The chain does not answer as it should. Nothing was changed here; money in the contract is safe there.",
        "Try again shortly.",
        Words(
            "Blockchain haijibu",
            "Blockchain haijibu inavyotakiwa. Hakuna kilichobadilishwa hapa; pesa zilizo kwenye mkataba ziko salama.",
            "Jaribu tena baada ya muda mfupi.",
        ),
    ),
    "contract_missing": Text(
        "The chain has no contract where this shop's should be: it is not the chain that the shop belongs to.",
        "Do not pay now. The shop has to be mended first.",
        Words(
            "Mkataba haupo",
            "Kwenye blockchain hii hakuna mkataba wa duka hili: si blockchain ya duka hili.",
            "Usilipe sasa. Duka lazima lirekebishwe kwanza.",
        ),
    ),
    "contract_reverted": Text(
        "The contract refuses this call and gives no reason that we know. Nothing was sent and no money has moved.",
        "Look at the order again, then decide.",
        Words(
            "Mkataba umekataa",
            "Mkataba umekataa ombi hili bila kutoa sababu tunayoijua. Hakuna kilichotumwa, na hakuna pesa iliyotoka.",
            "Angalia oda tena, kisha uamue.",
        ),
    ),
    "log_is_empty": Text(
        "The shop has read nothing from the chain yet. Money that the contract holds is safe there.",
        "Try again in a minute.",
        Words(
            "Bado hakuna kilichosomwa",
            "Duka bado halijasoma chochote kutoka kwenye blockchain. Pesa zilizo kwenye mkataba ziko salama.",
            "Jaribu tena baada ya dakika moja.",
        ),
    ),
    "not_deployed": Text(
        "This shop has no contract yet, so nothing can be paid here.",
        "Come back later. The operator runs `descrow deploy`.",
        Words(
            "Mkataba bado haupo",
            "Duka hili bado halina mkataba, kwa hivyo hakuna kinachoweza kulipwa hapa.",
            "Rudi baadaye. Msimamizi anaendesha `descrow deploy`.",
        ),
    ),
    "not_signed": Text(
        "The signer does not sign this: it is against its rules. Nothing was sent.",
        "Look at the signer's rules. If nobody changed them, somebody may have taken over the worker.",
        Words(
            "Haikusainiwa",
            "Sehemu ya kusaini haisaini hili: ni kinyume cha kanuni zake. Hakuna kilichotumwa.",
            "Angalia kanuni zake. Ikiwa hakuna aliyezibadilisha, huenda mtu ameteka mtambo wa kazi.",
        ),
    ),
    "signer_unreachable": Text(
        "The part of the shop that signs does not answer. Nothing was sent, and no money has moved.",
        "Try again shortly.",
        Words(
            "Sehemu ya kusaini haijibu",
            "Sehemu ya duka inayosaini haijibu. Hakuna kilichotumwa, na hakuna pesa iliyotoka.",
            "Jaribu tena baada ya muda mfupi.",
        ),
    ),
    "wrong_chain": Text(
        "The shop is connected to another chain than its own. Nothing was changed here.",
        "Do not pay now. The shop has to be mended first.",
        Words(
            "Blockchain si yenyewe",
            "Duka limeunganishwa na blockchain nyingine, si yake. Hakuna kilichobadilishwa hapa.",
            "Usilipe sasa. Duka lazima lirekebishwe kwanza.",
        ),
    ),
}
